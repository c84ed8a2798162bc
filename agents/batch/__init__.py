"""Analysis of many clips: found, given to workers, each analysed and stored once.

`sources` finds the clips; `tasks` defines what goes to a worker and what comes back;
`process_pool` runs workers on this machine, `ray_cluster` on others; `ledger` stores
the results; `run` analyses nothing twice; `progress` counts.
"""
