"""Is an application what its IR says, and if not, repair it.

files --facts--> what is written there   --compliance--> deviations, precision, recall, F1
reference files (a fresh generation) --facts--> what should be there
files + reference --repair (libcst)--> files with only the deviating nodes changed
a running application --openapi, smoke--> does it answer as the spec says
"""
