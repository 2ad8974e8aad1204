package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Result is what a run measured. Operations that failed are in Errors, and in nothing else.
type Result struct {
	Operations int64             `json:"operations"`
	Errors     int64             `json:"errors"`
	FirstError string            `json:"first_error"`
	Compared   int64             `json:"compared"` // replies whose content was compared by digest
	Received   int64             `json:"received"` // bytes of bodies
	Sent       int64             `json:"sent"`
	Seconds    float64           `json:"seconds"`
	CPUSeconds float64           `json:"cpu_seconds"` // of the generator itself, meanwhile
	Latency    map[string]Timing `json:"latency"`     // by name of the operation
}

// Timing is of one operation, in milliseconds.
type Timing struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
}

type run struct {
	plan     Plan
	source   *Source
	left     atomic.Int64 // operations that may still begin
	due      atomic.Int64 // operations that were due so far, at a fixed rate
	start    time.Time
	deadline time.Time
	lock     sync.Mutex
	result   Result
	times    map[string][]float64
}

// Run does what the plan says. Content is compared thereafter: each read's once, each last push's.
func Run(plan Plan) (Result, error) {
	if err := plan.check(); err != nil {
		return Result{}, err
	}
	r := &run{plan: plan, source: newSource(plan.Operations), times: map[string][]float64{}}
	r.left.Store(1 << 62)
	if plan.Limit > 0 {
		r.left.Store(plan.Limit)
	}
	workers := make([]*worker, plan.Connections)
	for number := range workers {
		client, err := dial(plan.Address)
		if err != nil {
			return Result{}, err
		}
		workers[number] = &worker{number: int64(number), plan: plan, source: r.source, client: client}
	}
	r.measure(workers)
	if plan.Compare {
		r.compare(workers)
	}
	r.summarise()
	return r.result, nil
}

func (r *run) measure(workers []*worker) {
	var group sync.WaitGroup
	before := cpuTime()
	r.start = time.Now()
	r.deadline = r.start.Add(time.Duration(r.plan.Seconds * float64(time.Second)))
	for _, one := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			r.work(one)
		}()
	}
	group.Wait()
	r.result.Seconds = time.Since(r.start).Seconds()
	r.result.CPUSeconds = cpuTime() - before
}

func (r *run) work(w *worker) {
	deck := r.plan.deck(int(w.number))
	times := make([][]float64, len(r.plan.Operations))
	done, failed, first := int64(0), int64(0), ""
	for turn := 0; ; turn++ {
		start := r.next()
		if !start.Before(r.deadline) || r.left.Add(-1) < 0 {
			break
		}
		index := deck[turn%len(deck)]
		if err := w.do(r.plan.Operations[index]); err != nil {
			failed++
			first = err.Error()
			if w.client.redial() != nil {
				break
			}
			continue
		}
		times[index] = append(times[index], time.Since(start).Seconds()*1000)
		done++
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.result.Operations += done
	r.result.Received += w.client.in
	r.result.Sent += w.client.out
	r.fail(failed, first)
	for index, operation := range r.plan.Operations {
		r.times[operation.Name] = append(r.times[operation.Name], times[index]...)
	}
}

// next waits until the next operation is due and says when that was: whoever is served late has
// waited since then, even if all connections were busy.
func (r *run) next() time.Time {
	if r.plan.Rate == 0 {
		return time.Now()
	}
	number := r.due.Add(1) - 1
	due := r.start.Add(time.Duration(float64(number) / r.plan.Rate * float64(time.Second)))
	time.Sleep(time.Until(due))
	return due
}

func (r *run) fail(count int64, message string) {
	r.result.Errors += count
	if r.result.FirstError == "" {
		r.result.FirstError = message
	}
}

func (r *run) compare(workers []*worker) {
	for _, operation := range r.plan.Operations {
		if operation.Kind == Get && operation.SHA256 != "" {
			r.compareOne(workers[0], check{operation.Path, operation.SHA256})
		}
	}
	for _, w := range workers {
		for _, one := range w.pushed {
			r.compareOne(w, one)
		}
	}
}

func (r *run) compareOne(w *worker, one check) {
	if err := w.compare(one); err != nil {
		r.fail(1, fmt.Sprint("content: ", err))
		return
	}
	r.result.Compared++
}

func (r *run) summarise() {
	r.result.Latency = map[string]Timing{}
	for name, times := range r.times {
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		at := func(share float64) float64 { return times[int(share*float64(len(times)-1))] }
		r.result.Latency[name] = Timing{len(times), at(0.50), at(0.99)}
	}
}

func cpuTime() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // only bad arguments make it fail
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}
