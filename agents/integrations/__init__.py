"""The agent inside other programs: LangChain tool and plain text."""
