from provider import databricks_sdk

# Before anything that imports of it.
databricks_sdk.enter()

from provider.server import main  # noqa: E402 - see above

main()
