"""What an image is called, and which of its names move when: the rules of shipping.

A rule is a plain function of values: what git says, which tags a registry has, and a policy. It
opens nothing and asks no clock, so a command line and a transaction can both call it.
"""
