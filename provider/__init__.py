"""The `brickpass` Pulumi provider: what the official databricks provider cannot do."""
