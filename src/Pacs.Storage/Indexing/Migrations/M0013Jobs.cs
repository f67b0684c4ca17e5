using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>The job engine: priorities, leases of its own, the queues of peers that are away, runs with their times.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121170013_Jobs")]
internal sealed class M0013Jobs : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- "worker" is who has the job in hand, whatever its state: a job that was cancelled, paused or queued again is nobody else's
        -- before its run has ended. "run_…" is where that run began.
        ALTER TABLE jobs
            ALTER peer TYPE text COLLATE "C",
            ALTER study_instance_uid TYPE text COLLATE "C",
            ADD priority smallint NOT NULL DEFAULT 1,
            ADD parameters jsonb,
            ADD alternates text[] NOT NULL DEFAULT '{}',
            ADD cause text NOT NULL DEFAULT '',
            ADD objects_warned integer NOT NULL DEFAULT 0,
            ADD bytes_total bigint NOT NULL DEFAULT 0,
            ADD bytes_done bigint NOT NULL DEFAULT 0,
            ADD worker text COLLATE "C",
            ADD run_started_at timestamptz,
            ADD run_objects integer NOT NULL DEFAULT 0,
            ADD run_bytes bigint NOT NULL DEFAULT 0,
            SET (fillfactor = 80);
        DROP INDEX jobs_unfinished;
        -- What may be begun, in order, peer by peer; what has its time; what is in somebody's hands.
        CREATE INDEX jobs_queued ON jobs ((coalesce(peer, '')), priority DESC, id) WHERE state = 0 AND worker IS NULL;
        CREATE INDEX jobs_waiting ON jobs (next_attempt_at) WHERE state = 2;
        CREATE INDEX jobs_in_hand ON jobs (worker, peer) WHERE worker IS NOT NULL;
        CREATE INDEX jobs_with_alternates ON jobs (peer) WHERE state IN (0, 2) AND worker IS NULL AND alternates <> '{}';
        -- Lists, newest first. Most jobs are done: those are found by walking.
        CREATE INDEX jobs_by_state ON jobs (state, id) WHERE state <> 3;
        CREATE INDEX jobs_by_kind ON jobs (kind, id);
        CREATE INDEX jobs_by_peer ON jobs (peer, id) WHERE peer IS NOT NULL;
        CREATE INDEX jobs_by_study ON jobs (study_instance_uid, id) WHERE study_instance_uid IS NOT NULL;
        CREATE INDEX jobs_by_creation ON jobs (created_at);
        CREATE INDEX jobs_by_cause ON jobs USING gin (cause gin_trgm_ops);
        CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;

        ALTER TABLE job_objects
            ADD bytes bigint NOT NULL DEFAULT 0,
            ADD started_at timestamptz,
            ADD finished_at timestamptz,
            SET (fillfactor = 80);

        CREATE TABLE job_runs (
            job_id      bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
            number      integer NOT NULL,
            peer        text,
            worker      text NOT NULL,
            started_at  timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            state       smallint,
            message     text NOT NULL DEFAULT '',
            objects     integer NOT NULL DEFAULT 0,
            bytes       bigint NOT NULL DEFAULT 0,
            PRIMARY KEY (job_id, number)
        );

        CREATE TABLE job_workers (
            id           text COLLATE "C" PRIMARY KEY,
            leased_until timestamptz NOT NULL
        );

        -- A row for each peer whose jobs wait as one queue: it is away ("away_until": when one of them tries again), outside its
        -- hours, or held by a person. No row: the queue is open.
        CREATE TABLE peer_queues (
            peer         text COLLATE "C" PRIMARY KEY,
            since        timestamptz NOT NULL DEFAULT now(),
            away_until   timestamptz,
            attempts     integer NOT NULL DEFAULT 0,
            closed_until timestamptz,
            is_held      boolean NOT NULL DEFAULT false,
            reason       text NOT NULL DEFAULT ''
        );

        CREATE TABLE peer_verifications (
            peer         text COLLATE "C" PRIMARY KEY,
            checked_at   timestamptz NOT NULL,
            is_answering boolean NOT NULL,
            last_seen_at timestamptz,
            status       text,
            milliseconds double precision NOT NULL,
            message      text NOT NULL DEFAULT ''
        );
        """);
}
