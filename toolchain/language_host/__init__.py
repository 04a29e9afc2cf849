"""Runs Pulumi programs, plugins and policy packs written in Python, where the official `pulumi-language-python` cannot be had.

The official host is not among the Go modules that the CLI can be built from. This one speaks the same `LanguageRuntime`
service, and hands each program to the official `pulumi-language-python-exec`, so a program cannot tell the difference.
"""
