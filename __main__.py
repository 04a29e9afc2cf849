"""Brickpass: gives third-party integrations access to a Databricks workspace."""

import pulumi

from components.program import deploy

pulumi.run(deploy)
