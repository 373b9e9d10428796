package runtime

import "testing"

// TestProfile names the kernels of a pass, and leaves the conversation.
func TestProfile(t *testing.T) {
	m := openGopher(t, Options{})
	s, twin := newSession(t, m), newSession(t, m)
	mustForward(t, s, someIDs(20, 1), false)
	mustForward(t, twin, someIDs(20, 1), false)
	for _, ids := range [][]int32{someIDs(30, 2), {5}} {
		times, err := s.Profile(t.Context(), ids)
		if err != nil || len(times) < 6 || times[0].Seconds < times[1].Seconds || times[0].Launches < 1 {
			t.Errorf("%v, %v", times, err)
		}
	}
	for _, ids := range [][]int32{nil, make([]int32, m.BatchTokens()+1)} {
		if _, err := s.Profile(t.Context(), ids); err == nil {
			t.Errorf("%d tokens were profiled", len(ids))
		}
	}
	mustAgree(t, "after profiling", mustForward(t, s, []int32{7}, false)[0], mustForward(t, twin, []int32{7}, false)[0])
}
