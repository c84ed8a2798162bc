"""Every case of bad input that is promised to be met, and the tests that meet it."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MEDIA, PLACES, HOSTILE, CAPS = (
    f"bad_input/test_{name}.py::test_"
    for name in ("media", "storage_failures", "hostile", "decoding_limits")
)
FUZZ = "bad_input/test_fuzz.py::test_what_is_damaged_is_read_or_refused"
CASES = {
    "missing file": (f"{MEDIA}missing_file",),
    "text as .mp4": (f"{MEDIA}text_as_mp4",),
    "0 bytes": (f"{MEDIA}zero_bytes",),
    "mp4 without moov": (f"{MEDIA}mp4_without_moov",),
    "truncated fast-start": (f"{MEDIA}truncated_fast_start",),
    "bit-flipped": (f"{MEDIA}bit_flipped", FUZZ),
    "no face": (f"{MEDIA}no_face",),
    "a face in some frames": (
        f"{MEDIA}face_in_some_frames",
        "tools/test_face.py::test_coverage_is_the_share_of_frames_with_the_subject",
    ),
    "several faces": (
        f"{MEDIA}several_faces",
        "tools/test_face.py::test_of_two_faces_the_larger_is_the_subject",
    ),
    "no audio": (f"{MEDIA}no_audio",),
    "silence": (f"{MEDIA}silence",),
    "zero-length audio": (f"{MEDIA}zero_length_audio",),
    "10 ms": (f"{MEDIA}10_ms",),
    "audio-only mp4": (f"{MEDIA}audio_only_mp4",),
    "RGBA, grey, 16-bit": (f"{MEDIA}pixels",),
    "one frame": (f"{MEDIA}one_frame",),
    "rotated": (f"{MEDIA}rotated",),
    "variable rate": (f"{MEDIA}variable_rate",),
    "8 hours long": (f"{MEDIA}8_hours_long",),
    "30,000 pixels wide": (
        f"{MEDIA}30000_pixels_wide",
        f"{MEDIA}30000_pixels_wide_and_2000_high",
    ),
    "headers and time stamps that lie": (
        f"{CAPS}a_still_of_16000_pixels_a_side",
        f"{CAPS}frames_that_outgrow_their_container",
        f"{CAPS}more_frames_than_time_stamps_have_room_for",
        f"{CAPS}more_sound_than_time_stamps_have_room_for",
        f"{CAPS}two_hours_of_silence_between_two_packets",
        f"{CAPS}sound_that_is_sampled_once_a_second",
    ),
    "odd codecs": (
        f"{MEDIA}odd_codec",
        f"{MEDIA}a_codec_nobody_knows",
        f"{MEDIA}sampling_rate_that_changes",
    ),
    "a playlist that names other files": (f"{MEDIA}a_playlist_opens_no_other_file",),
    "a name or text of odd characters": (
        f"{MEDIA}a_name_that_steers_a_terminal",
        f"{MEDIA}a_text_that_cannot_be_read",
        f"{HOSTILE}an_argument_that_is_not_unicode",
    ),
    "ASR on noise": (f"{MEDIA}asr_on_noise",),
    "weights absent": (
        "agents/test_commands.py::test_missing_weights_offline_are_said_before_any_work",
        "tools/test_weights.py::test_a_missing_file_names_itself_and_the_command",
    ),
    "weights tampered": (
        "agents/test_commands.py::test_weights_verify_finds_a_tampered_file",
        "tools/test_weights.py::test_a_tampered_file_is_never_used",
        "tools/test_weights.py::test_what_is_not_right_is_not_kept",
    ),
    "weights offline": (
        "agents/test_commands.py"
        "::test_a_missing_language_model_offline_is_said_and_done_without",
        "tools/test_weights.py::test_offline_forbids_fetching",
    ),
    "unknown option": (
        f"{HOSTILE}unknown_option",
        "agents/test_commands.py::test_wrong_usage_is_one_line_and_exit_2",
    ),
    "missing key": (f"{HOSTILE}missing_key",),
    "every kind of bad model reply": (
        f"{HOSTILE}bad_model_reply",
        "graphs/test_verdict.py::test_no_reply_however_bad_stops_it",
        "graphs/test_providers.py"
        "::test_a_reply_that_cannot_be_used_costs_a_note_and_not_the_verdict",
        "graphs/test_reasoner.py"
        "::test_what_cannot_be_read_is_a_value_error_and_nothing_else",
    ),
    "a claim that cites nothing": (
        f"{HOSTILE}claim_that_cites_nothing",
        "graphs/test_claims.py::test_what_it_does_not_say_may_not",
    ),
    "injection in speech": (
        f"{HOSTILE}injection_in_speech",
        "tools/test_transcript.py::test_hostile_text_stays_data",
    ),
    "injection in case text": (f"{HOSTILE}injection_in_case_text",),
    "injection in a plug-in's observation": (
        f"{HOSTILE}injection_in_an_observation",
        "graphs/test_verdict.py::test_evidence_text_cannot_give_orders",
    ),
    "plug-in raising, hanging, flooding": (
        "graphs/test_verdict.py::test_a_harmful_sense_is_named_and_changes_nothing",
        "tools/test_perception.py::test_an_endless_flood_is_cut_off",
        "tools/test_perception.py"
        "::test_a_sense_that_hangs_is_left_behind_and_costs_a_few_threads",
        "agents/test_plugins.py::test_a_sense_that_prints_and_hangs_spoils_nothing",
    ),
    "store corrupt": (
        "memory/test_durability.py"
        "::test_what_is_no_database_is_refused_with_path_and_remedy",
        "memory/test_durability.py::test_damage_inside_a_row_is_noticed_and_repaired",
        f"{PLACES}runs_in_a_store_that_is_none",
        FUZZ,
    ),
    "store empty": (
        "memory/test_recall.py::test_an_empty_memory_recalls_nothing",
        f"{PLACES}runs_in_a_store_that_is_none",
    ),
    "store locked": (f"{PLACES}store_locked", f"{PLACES}runs_locked"),
    "store of a newer version": (
        "memory/test_durability.py::test_a_newer_schema_is_refused_and_left_alone",
    ),
    "wrong vector size": (
        f"{HOSTILE}wrong_vector_size",
        "memory/test_recall.py::test_the_wrong_dimension_is_refused",
    ),
    "missing folder": (
        f"{PLACES}missing_folder",
        f"{PLACES}a_file_where_a_folder_should_be",
    ),
    "four processes at once": (
        "memory/test_durability.py::test_four_processes_add_and_search_at_once",
        "agents/test_audit.py::test_processes_that_write_at_once_keep_one_chain",
        "agents/test_interrupted_runs.py::test_agents_that_start_at_once_share_one_database",
    ),
    "same name in two folders": (
        f"{PLACES}same_name_in_two_folders",
        "agents/test_report.py"
        "::test_clips_of_one_name_do_not_collide_and_a_rerun_replaces_its_own",
    ),
    "disk full": (
        f"{PLACES}disk_full",
        f"{PLACES}disk_full_in_the_middle_of_a_run",
        f"{PLACES}disk_full_while_exporting",
        f"{PLACES}long_sound_without_room_for_it",
        f"{PLACES}standard_output_full",
    ),
    "kill -9 in every node": (
        f"{PLACES}kill_9_in_every_node",
        "agents/test_interrupted_runs.py::test_kill_9_loses_no_sense_that_had_finished",
        "memory/test_durability.py::test_kill_9_loses_nothing_that_was_acknowledged",
    ),
    "a leftover partial file": (
        f"{PLACES}a_leftover_partial_file",
        "tools/test_weights.py::test_a_partial_file_that_is_full_is_begun_anew",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_tests(case: str) -> None:
    for test in CASES[case]:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (TESTS / file).read_text(), test
