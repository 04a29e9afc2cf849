"""The routes of all services, in the order in which they are tried: a fixed path before a pattern that would take it."""

import sandbox.assignments.routes
import sandbox.clusters.routes
import sandbox.console.routes
import sandbox.control.routes
import sandbox.federation.routes
import sandbox.jobs.routes
import sandbox.objects.routes
import sandbox.oidc.routes
import sandbox.permissions.routes
import sandbox.pipelines.routes
import sandbox.schedule.routes
import sandbox.scim.routes
import sandbox.secret_scopes.routes
import sandbox.secrets.routes
import sandbox.sql.routes
import sandbox.unity_catalog.grants_routes
import sandbox.unity_catalog.routes
import sandbox.warehouses.routes
import sandbox.workspace_tree.routes

ROUTES = (
    sandbox.console.routes.routes,
    sandbox.control.routes.health,
    sandbox.control.routes.routes,
    sandbox.schedule.routes.routes,
    sandbox.permissions.routes.routes,
    sandbox.oidc.routes.routes,
    sandbox.secrets.routes.proxy,
    sandbox.secrets.routes.account,
    sandbox.federation.routes.routes,
    sandbox.scim.routes.workspace,
    sandbox.scim.routes.account,
    sandbox.assignments.routes.workspace,
    sandbox.assignments.routes.account,
    sandbox.warehouses.routes.routes,
    sandbox.clusters.routes.routes,
    sandbox.jobs.routes.routes,
    sandbox.objects.routes.routes,
    sandbox.pipelines.routes.routes,
    sandbox.workspace_tree.routes.routes,
    sandbox.secret_scopes.routes.routes,
    sandbox.unity_catalog.grants_routes.routes,
    sandbox.unity_catalog.routes.routes,
    sandbox.sql.routes.routes,
)
