"""From a program to code: `lower` to real operations, then one file a language."""
