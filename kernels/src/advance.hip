// Advance: one group, a thread for each row.
extern "C" __global__ __launch_bounds__(256) void KERNEL(i32 *IDs, i32 *Pos, const i32 *Chosen, i32 *Step, i32 *History,
                                                         i32 Rows, i32 Most) {
	const i32 row = threadIdx.x, step = *Step;
	if (row < Rows) {
		const i32 id = Chosen[row];
		IDs[row] = most(id, 0);
		Pos[row]++;
		if (step < Most)
			History[step * Rows + row] = id;
	}
	__syncthreads(); // all have read Step
	if (row == 0)
		*Step = step + 1;
}
