"""Typed holes: what no rule writes, with a contract for whoever does.

contract.list_holes -> prompt.write_question -> (a provider) -> allow.find_faults
-> contract.fill_flow, contract.fill_operation
"""
