"""Many clips: found, shared out among workers, each analysed once, written as it ends.

`sources` finds the clips, `work` is what a worker is told and tells, `pool` has workers
on this machine and `cluster` on others, `ledger` keeps what they tell, `run` sees to it
that nothing is done twice, and `estimate` says how long it will still take.
"""
