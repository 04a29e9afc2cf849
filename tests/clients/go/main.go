// Command client makes all calls of interest on a sandbox with the official Go SDK, on which the official plugin stands.
//
// It prints one line of JSON a step, and ends at the first surprise. What a step should have got, the test knows that runs it.
// Host and credentials come from DATABRICKS_HOST, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET; the account's id is its argument.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: client ACCOUNT_ID, with the admin's DATABRICKS_HOST, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET set")
		os.Exit(2)
	}
	s := newSession(context.Background(), os.Args[1])
	login(s)
	principals(s)
	groups(s)
	secrets(s)
	federation(s)
	assignments(s)
	objects(s)
	uses(s)
	workspaceTree(s)
	secretScopes(s)
	unityCatalog(s)
	statements(s)
	providerPrincipal(s)
	providerAccess(s)
	troubles(s)
	refusals(s)
}
