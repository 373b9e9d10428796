package sim

// Operations given for one lane, made into operations on rows. A call for each
// lane costs more than a loop, so what kernels do most has loops.

func each1(f func(a uint32) uint32) func(d, a *row) {
	return func(d, a *row) {
		for i := range d {
			d[i] = f(a[i])
		}
	}
}

func each2(f func(a, b uint32) uint32) func(d, a, b *row) {
	return func(d, a, b *row) {
		for i := range d {
			d[i] = f(a[i], b[i])
		}
	}
}

func each3(f func(a, b, c uint32) uint32) laneOp {
	return func(d, a, b, c *row) {
		for i := range d {
			d[i] = f(a[i], b[i], c[i])
		}
	}
}

func float1(f func(a float32) float32) func(d, a *row) {
	return each1(func(a uint32) uint32 { return u32(f(f32(a))) })
}

func double1(f func(a float64) float64) func(d, a *row) {
	return func(d, a *row) {
		for i := range d {
			pair(d).put(i, u64(f(f64(pair(a).get(i)))))
		}
	}
}

func double2(f func(a, b float64) float64) func(d, a, b *row) {
	return func(d, a, b *row) {
		for i := range d {
			pair(d).put(i, u64(f(f64(pair(a).get(i)), f64(pair(b).get(i)))))
		}
	}
}
