module longshore/benchmarks/load

go 1.22
