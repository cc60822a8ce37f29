// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// collector makes Prometheus' metrics of a Broker's Status when somebody asks.
type collector struct {
	broker Broker
	// descriptions are those of families.
	descriptions []*prometheus.Desc
}

func newCollector(b Broker) *collector {
	c := &collector{broker: b}
	for i := range families {
		f := &families[i]
		c.descriptions = append(c.descriptions,
			prometheus.NewDesc(f.name, f.help, f.labels, nil))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descriptions {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	x := c.broker.Status()
	for i := range families {
		f, d := &families[i], c.descriptions[i]
		f.read(x, func(value float64, labels ...string) {
			m, err := prometheus.NewConstMetric(d, f.kind, value, labels...)
			if err != nil { // a name that is not UTF-8
				m = prometheus.NewInvalidMetric(d, err)
			}
			out <- m
		})
	}
}

// Ours: scrapes at the same time.
const maxScrapes = 4

// metricsPage serves the metrics of a Broker, of the Go runtime and of the process.
func metricsPage(b Broker, log *slog.Logger) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(newCollector(b), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError),
		// One broken metric does not hide the others.
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
	})
}
