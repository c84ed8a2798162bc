"""`python -m affectgraph.agents` is the command `affectgraph`."""

from affectgraph.agents.cli import main

if __name__ == "__main__":
    main()
