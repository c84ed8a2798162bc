"""The agent in other programs: as a LangChain tool, and as plain text."""
