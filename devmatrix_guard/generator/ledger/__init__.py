"""The ledger: for each promise of a spec, whether the application keeps it, and by what code.

promises(plan) -> find evidence in the files -> lines -> ledger.json, the README, the headline
"""
