namespace Pacs.Storage.Jobs;

/// <summary>The tables of outbound work, as the first migration creates them.</summary>
internal static class JobTables
{
    /// <summary>
    /// <c>run</c> counts the runs of a job and fences them: a worker that was thought dead writes nothing into the run of its
    /// successor. <c>state</c> holds <see cref="JobState"/>. Objects carry UIDs, not references, so that a job's history outlives them.
    /// </summary>
    public const string Create = """
        CREATE TABLE jobs (
            id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind                text NOT NULL,
            state               smallint NOT NULL DEFAULT 0,
            peer                text,
            study_instance_uid  text,
            series_instance_uid text,
            sop_instance_uid    text,
            message             text NOT NULL DEFAULT '',
            attempts            integer NOT NULL DEFAULT 0,
            run                 integer NOT NULL DEFAULT 0,
            objects_total       integer NOT NULL DEFAULT 0,
            objects_done        integer NOT NULL DEFAULT 0,
            objects_failed      integer NOT NULL DEFAULT 0,
            created_at          timestamptz NOT NULL DEFAULT now(),
            started_at          timestamptz,
            finished_at         timestamptz,
            next_attempt_at     timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX jobs_unfinished ON jobs (next_attempt_at) WHERE state IN (0, 1, 2);

        CREATE TABLE job_objects (
            job_id           bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            number           integer NOT NULL,
            sop_instance_uid text NOT NULL,
            state            smallint NOT NULL DEFAULT 0,
            status           integer,
            message          text NOT NULL DEFAULT '',
            attempts         integer NOT NULL DEFAULT 0,
            updated_at       timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (job_id, number)
        );
        CREATE INDEX job_objects_open ON job_objects (job_id, number) WHERE state IN (0, 1, 2);
        """;
}
