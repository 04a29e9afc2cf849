"""A stand-in for `pulumi-resource-databricks` 1.118.0, for machines that cannot download the official plugin.

It has the resource types that Brickpass's components use, with the official plugin's property names, defaults, replacements and calls on
the wire (api-facts: 11). It serves loopback hosts only, so that no real workspace can ever meet it.
"""

PACKAGE = "databricks"
VERSION = "1.118.0"
ABOUT = f"This is Brickpass's stand-in for the official {PACKAGE} plugin {VERSION}: it works on the local sandbox only."
