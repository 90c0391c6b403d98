"""What evolves: one folder an encoding, all with the verbs of `base.Encoding`."""
