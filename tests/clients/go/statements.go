package main

import (
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

func statements(s *session) {
	reader := step("a reader of tables", func() (*newcomer, error) { return s.newcomer("go-sql", "databricks-sql-access") }, nothing)
	warehouse := step("a warehouse to read with", func() (object, error) {
		return s.allow(reader, "sql/warehouses", "bi-serverless", "CAN_USE")
	}, nothing)
	run := func(request sql.ExecuteStatementRequest) func() (*sql.StatementResponse, error) {
		return func() (*sql.StatementResponse, error) {
			request.WarehouseId = warehouse.id
			return reader.client.StatementExecution.ExecuteStatement(s.ctx, request)
		}
	}
	show := func(response *sql.StatementResponse) any {
		shown := map[string]any{"status": response.Status}
		if response.Manifest != nil {
			shown["columns"], shown["rows"] = response.Manifest.Schema.Columns, response.Manifest.TotalRowCount
		}
		if response.Result != nil {
			shown["data"] = response.Result.DataArray
		}
		return shown
	}

	step("a statement with a parameter", run(sql.ExecuteStatementRequest{
		Statement:  "SELECT :n + 1 AS n, 'x' AS x, NULL AS nothing",
		Parameters: []sql.StatementParameterListItem{{Name: "n", Type: "INT", Value: "41"}},
	}), show)
	step("a statement without rows", run(sql.ExecuteStatementRequest{Statement: "SELECT 1 AS n WHERE false"}), show)
	step("a statement that may not read", run(sql.ExecuteStatementRequest{Statement: "SELECT * FROM main.surveys.responses"}), show)
	step("a statement that is none", run(sql.ExecuteStatementRequest{Statement: "SELECT FROM WHERE"}), show)

	step("a statement on a table that is not there", func() (*sql.StatementResponse, error) {
		for _, grant := range []struct{ kind, name, privilege string }{
			{"catalog", "main", "USE_CATALOG"}, {"schema", "main.surveys", "USE_SCHEMA"}, {"schema", "main.surveys", "SELECT"},
		} {
			change := catalog.PermissionsChange{Principal: reader.applicationID, Add: []catalog.Privilege{catalog.Privilege(grant.privilege)}}
			_, err := s.admin.Grants.Update(s.ctx, catalog.UpdatePermissions{
				SecurableType: grant.kind, FullName: grant.name, Changes: []catalog.PermissionsChange{change},
			})
			if err != nil {
				return nil, err
			}
		}
		return run(sql.ExecuteStatementRequest{Statement: "SELECT * FROM main.surveys.nope"})()
	}, show)
	read := step("a statement that may read", run(sql.ExecuteStatementRequest{
		Statement: "SELECT survey_id, title FROM surveys ORDER BY survey_id", Catalog: "main", Schema: "surveys",
	}), show)

	step("fetch a statement again", func() (*sql.StatementResponse, error) {
		return reader.client.StatementExecution.GetStatementByStatementId(s.ctx, read.StatementId)
	}, show)
	step("fetch a chunk", func() (*sql.ResultData, error) {
		return reader.client.StatementExecution.GetStatementResultChunkNByStatementIdAndChunkIndex(s.ctx, read.StatementId, 0)
	}, func(chunk *sql.ResultData) any { return len(chunk.DataArray) })
	refused("another's statement", func() error {
		_, err := s.admin.StatementExecution.GetStatementByStatementId(s.ctx, read.StatementId)
		return err
	})
	refused("a statement on another's warehouse", func() error {
		warehouse, err := find(s, "sql/warehouses", "dbt-ci")
		if err != nil {
			return err
		}
		request := sql.ExecuteStatementRequest{Statement: "SELECT 1", WarehouseId: warehouse.id}
		_, err = reader.client.StatementExecution.ExecuteStatement(s.ctx, request)
		return err
	})
}
