using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Which studies are complete, what was promised to be kept, and what others say they have.</summary>
/// <remarks>
/// Nothing here is written while an object is stored. That a study got one is read from the change feed afterwards:
/// <c>study_feed</c> says how far. Of studies themselves only the completion is kept, in columns without an index, so that
/// the counters next to them stay cheap to update.
/// </remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121080007_Commitment")]
internal sealed class M0008Commitment : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        ALTER TABLE studies ADD completed_at timestamptz, ADD completed_version bigint, ADD completed_reason smallint;
        ALTER TABLE changes ADD reason smallint;

        CREATE TABLE open_studies (
            study_instance_uid text COLLATE "C" PRIMARY KEY,
            last_stored_at timestamptz NOT NULL
        );
        CREATE INDEX open_studies_last ON open_studies (last_stored_at);

        -- Transactions get their numbers in another order than they commit in, and take ids of changes in a third one: only
        -- the number of the transaction tells what cannot have been missed.
        ALTER TABLE changes DROP CONSTRAINT changes_pkey, ADD PRIMARY KEY (transaction_id, id);

        -- Changes of transactions before "seen_before" have been read; none of them has an id above "read_to".
        CREATE TABLE study_feed (
            seen_before xid8 NOT NULL,
            read_to bigint NOT NULL
        );
        INSERT INTO study_feed SELECT pg_current_xact_id(), coalesce(max(id), 0) FROM changes;

        CREATE TABLE commitments (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            requester text COLLATE "C" NOT NULL,
            called_ae_title text COLLATE "C" NOT NULL,
            transaction_uid text COLLATE "C" NOT NULL,
            job_id bigint NOT NULL,
            objects_total int NOT NULL,
            requested_at timestamptz NOT NULL DEFAULT now(),
            verified_at timestamptz,
            reported_at timestamptz,
            UNIQUE (requester, transaction_uid)
        );

        -- "failure" is null until the object has been looked at, 0 when it is committed, else the Failure Reason (0008,1197).
        CREATE TABLE commitment_objects (
            commitment_id bigint NOT NULL REFERENCES commitments ON DELETE CASCADE,
            number int NOT NULL,
            sop_class_uid text COLLATE "C" NOT NULL,
            sop_instance_uid text COLLATE "C" NOT NULL,
            failure int,
            PRIMARY KEY (commitment_id, number)
        );
        CREATE INDEX commitment_objects_open ON commitment_objects (commitment_id, number) WHERE failure IS NULL;

        CREATE TABLE committed_instances (
            sop_instance_uid text COLLATE "C" PRIMARY KEY,
            committed_at timestamptz NOT NULL DEFAULT now()
        );

        CREATE TABLE content_notifications (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sender text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            objects_listed int NOT NULL,
            objects_missing int NOT NULL,
            objects_different int NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now()
        );
        """);
}
