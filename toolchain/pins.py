"""The versions that everything here is tested with. A test holds them against go.mod and requirements.txt."""

PULUMI_VERSION = "3.259.0"
DATABRICKS_PLUGIN_VERSION = "1.118.0"
