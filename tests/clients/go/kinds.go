package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/databricks/databricks-sdk-go/listing"
	"github.com/databricks/databricks-sdk-go/service/compute"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

// An object, as a listing names it, with the id that the Permissions API takes.
type object struct{ id, name string }

// A kind of object: the word that the Permissions API has for it, and how its objects are listed, in pages smaller than the list.
type kind struct {
	requestType string
	list        func(*session) ([]object, error)
}

var kinds = []kind{
	{"sql/warehouses", func(s *session) ([]object, error) {
		found := s.admin.Warehouses.List(s.ctx, sql.ListWarehousesRequest{PageSize: 7})
		return named(s.ctx, found, func(one sql.EndpointInfo) object { return object{one.Id, one.Name} })
	}},
	{"clusters", func(s *session) ([]object, error) {
		found := s.admin.Clusters.List(s.ctx, compute.ListClustersRequest{PageSize: 7})
		return named(s.ctx, found, func(one compute.ClusterDetails) object { return object{one.ClusterId, one.ClusterName} })
	}},
	{"jobs", func(s *session) ([]object, error) {
		found := s.admin.Jobs.List(s.ctx, jobs.ListJobsRequest{Limit: 25})
		return named(s.ctx, found, func(one jobs.BaseJob) object { return object{number(one.JobId), one.Settings.Name} })
	}},
}

func named[T any](ctx context.Context, found listing.Iterator[T], as func(T) object) ([]object, error) {
	items, err := listing.ToSlice(ctx, found)
	objects := []object{}
	for _, one := range items {
		objects = append(objects, as(one))
	}
	return objects, err
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

func find(s *session, requestType, name string) (object, error) {
	of := slices.IndexFunc(kinds, func(one kind) bool { return one.requestType == requestType })
	found, err := kinds[of].list(s)
	if err != nil {
		return object{}, err
	}
	at := slices.IndexFunc(found, func(one object) bool { return one.name == name })
	if at < 0 {
		return object{}, fmt.Errorf("there is no %s named %s", requestType, name)
	}
	return found[at], nil
}
