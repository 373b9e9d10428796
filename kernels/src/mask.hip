// Mask: hides the keys that a query does not see. A thread does an element.
extern "C" __global__ __launch_bounds__(256) void KERNEL(float *X, i32 Rows, i32 Cols, i32 Offset, i32 Window) {
	const i32 col = blockIdx.x * 256 + threadIdx.x, pos = blockIdx.y + Offset;
	if (col < Cols && (col > pos || (Window > 0 && col <= pos - Window)))
		X[(i64)blockIdx.y * Cols + col] = -infinity();
}
