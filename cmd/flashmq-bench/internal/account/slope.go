// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package account

// Point is how much memory there was when there were so many things in it.
type Point struct {
	Things int   `json:"things"`
	Bytes  int64 `json:"bytes"`
}

// Slope is how many bytes one more thing takes: the straight line nearest to the points, by least
// squares. It is 0 when the points do not tell.
func Slope(points []Point) float64 {
	var x, y float64
	for _, p := range points {
		x += float64(p.Things)
		y += float64(p.Bytes)
	}
	n := float64(len(points))
	if n == 0 {
		return 0
	}
	x /= n
	y /= n
	var above, below float64
	for _, p := range points {
		dx := float64(p.Things) - x
		above += dx * (float64(p.Bytes) - y)
		below += dx * dx
	}
	if below == 0 {
		return 0
	}
	return above / below
}
