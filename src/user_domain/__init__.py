"""The user domain: who the users are, what they may do, and what happened to them.

Pure Python: the standard library and itself, nothing else. Start reading at `entities`, then `use_cases`;
`ports` say what the domain needs from the outside world.
"""
