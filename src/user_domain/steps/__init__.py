"""What use cases do on their way: a few ports and a policy, in the one right order.

A step that is given a unit of work leaves the commit to the use case, unless it records a refusal before it raises.
"""
