package opstest

import (
	"fmt"

	"github.com/rocmforge/rocmforge/ops"
)

func advanceCases() (cases []Case) {
	for _, rows := range []int{1, 3, 256} {
		cases = append(cases, advanceCase(rows))
	}
	return cases
}

// advanceCase takes more steps than are noted.
func advanceCase(rows int) Case {
	return newCase("advance", fmt.Sprintf("%d rows", rows), func(b *bench) {
		const most, steps = 3, 4
		ids, pos, chosen := make([]int32, rows), make([]int32, rows), make([]int32, rows)
		for r := range rows {
			ids[r], pos[r], chosen[r] = 7, int32(10*r), int32(r-1)
		}
		args := ops.AdvanceArgs{
			IDs: inout(b, "IDs", ids), Pos: inout(b, "Pos", pos), Chosen: input(b, "Chosen", chosen),
			Step: inout(b, "Step", []int32{0}), History: output[int32](b, "History", most*rows),
			Rows: int32(rows), Most: most,
		}
		for range steps {
			launch(b, &ops.Advance, args)
		}
		var history []int32
		for range most {
			history = append(history, chosen...)
		}
		for r := range rows {
			ids[r], pos[r] = max(chosen[r], 0), pos[r]+steps
		}
		same(b, "IDs", download[int32](b, args.IDs, rows), ids)
		same(b, "Pos", download[int32](b, args.Pos, rows), pos)
		same(b, "Step", download[int32](b, args.Step, 1), []int32{steps})
		same(b, "History", download[int32](b, args.History, most*rows), history)
	})
}
