"""From a spec to the files of an application.

spec.load -> extract -> ApplicationIR -> behavior (checked) -> plan -> emit -> files + manifest
"""
