package sim

// products adds products to eight elements of a row of D = A*B + C, where A lies
// by k and row and B by k and column, step numbers apart. Sums are of float64 in
// the order of k, with each product rounded by itself:
//
//	d[c] += a[0]*b[c] + a[step]*b[step+c] + ...
func products(d *[8]float64, a, b []float64, k, step int) {
	s0, s1, s2, s3, s4, s5, s6, s7 := d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]
	for i := range k {
		x, y := a[i*step], (*[8]float64)(b[i*step:])
		s0 += float64(x * y[0])
		s1 += float64(x * y[1])
		s2 += float64(x * y[2])
		s3 += float64(x * y[3])
		s4 += float64(x * y[4])
		s5 += float64(x * y[5])
		s6 += float64(x * y[6])
		s7 += float64(x * y[7])
	}
	*d = [8]float64{s0, s1, s2, s3, s4, s5, s6, s7}
}
