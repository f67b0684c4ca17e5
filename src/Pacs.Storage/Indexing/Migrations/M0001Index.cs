using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Patients, studies, series, instances; what was replaced, disputed, deleted, changed.</summary>
/// <remarks>Text is compared by code point (<c>COLLATE "C"</c>): order is the same everywhere, and LIKE 'x%' uses plain indexes.</remarks>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121080000_Index")]
internal sealed class M0001Index : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        CREATE EXTENSION IF NOT EXISTS pg_trgm;

        CREATE TABLE patients (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            patient_id text COLLATE "C" NOT NULL,
            issuer text COLLATE "C" NOT NULL,
            unknown_study_uid text COLLATE "C" NOT NULL,
            name text COLLATE "C" NOT NULL,
            name_key text COLLATE "C" NOT NULL,
            birth_date text COLLATE "C" NOT NULL,
            sex text COLLATE "C" NOT NULL,
            attributes bytea NOT NULL,
            study_count int NOT NULL DEFAULT 0,
            series_count int NOT NULL DEFAULT 0,
            instance_count int NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (patient_id, issuer, unknown_study_uid)
        );
        CREATE INDEX patients_name_alphabetic ON patients (split_part(name_key, '=', 1));
        CREATE INDEX patients_name_ideographic ON patients (split_part(name_key, '=', 2)) WHERE split_part(name_key, '=', 2) <> '';
        CREATE INDEX patients_name_phonetic ON patients (split_part(name_key, '=', 3)) WHERE split_part(name_key, '=', 3) <> '';
        CREATE INDEX patients_name_trigrams ON patients USING gin (
            split_part(name_key, '=', 1) gin_trgm_ops, split_part(name_key, '=', 2) gin_trgm_ops, split_part(name_key, '=', 3) gin_trgm_ops);
        CREATE INDEX patients_birth_date ON patients (birth_date);

        CREATE TABLE studies (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            patient_key bigint NOT NULL REFERENCES patients,
            study_instance_uid text COLLATE "C" NOT NULL UNIQUE,
            study_date text COLLATE "C" NOT NULL,
            study_time text COLLATE "C" NOT NULL,
            accession_number text COLLATE "C" NOT NULL,
            study_id text COLLATE "C" NOT NULL,
            description text COLLATE "C" NOT NULL,
            referring_physician_name text COLLATE "C" NOT NULL,
            referring_physician_name_key text COLLATE "C" NOT NULL,
            modalities text[] COLLATE "C" NOT NULL DEFAULT '{}',
            sop_classes text[] COLLATE "C" NOT NULL DEFAULT '{}',
            attributes bytea NOT NULL,
            series_count int NOT NULL DEFAULT 0,
            instance_count int NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 0
        );
        CREATE INDEX studies_patient ON studies (patient_key, id);
        CREATE INDEX studies_date ON studies (study_date, id);
        CREATE INDEX studies_accession ON studies (accession_number) WHERE accession_number <> '';
        CREATE INDEX studies_study_id ON studies (study_id) WHERE study_id <> '';
        CREATE INDEX studies_description_trigrams ON studies USING gin (description gin_trgm_ops);
        CREATE INDEX studies_referring_trigrams ON studies USING gin (
            split_part(referring_physician_name_key, '=', 1) gin_trgm_ops, split_part(referring_physician_name_key, '=', 2) gin_trgm_ops,
            split_part(referring_physician_name_key, '=', 3) gin_trgm_ops);

        CREATE TABLE series (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            study_key bigint NOT NULL REFERENCES studies,
            series_instance_uid text COLLATE "C" NOT NULL UNIQUE,
            modality text COLLATE "C" NOT NULL,
            series_number bigint,
            description text COLLATE "C" NOT NULL,
            body_part text COLLATE "C" NOT NULL,
            station_name text COLLATE "C" NOT NULL,
            institution_name text COLLATE "C" NOT NULL,
            laterality text COLLATE "C" NOT NULL,
            performed_start_date text COLLATE "C" NOT NULL,
            performed_start_time text COLLATE "C" NOT NULL,
            performed_step_id text COLLATE "C" NOT NULL,
            attributes bytea NOT NULL,
            instance_count int NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            version bigint NOT NULL DEFAULT 0
        );
        CREATE INDEX series_study ON series (study_key, series_number, id);

        CREATE TABLE instances (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            series_key bigint NOT NULL REFERENCES series,
            sop_instance_uid text COLLATE "C" NOT NULL UNIQUE,
            sop_class_uid text COLLATE "C" NOT NULL,
            transfer_syntax_uid text COLLATE "C" NOT NULL,
            instance_number bigint,
            rows int,
            columns int,
            bits_allocated int,
            number_of_frames int,
            content_date text COLLATE "C" NOT NULL,
            content_time text COLLATE "C" NOT NULL,
            blob_key text COLLATE "C" NOT NULL,
            blob_length bigint NOT NULL,
            dataset_offset int NOT NULL,
            dataset_crc int NOT NULL,
            is_lossy boolean NOT NULL,
            pixel_offset bigint,
            pixel_length bigint,
            frame_table bytea,
            header bytea,
            protocol text COLLATE "C" NOT NULL,
            calling_ae_title text COLLATE "C" NOT NULL,
            remote_address text COLLATE "C" NOT NULL,
            received_at timestamptz NOT NULL
        );
        CREATE INDEX instances_series ON instances (series_key, instance_number, id);
        CREATE INDEX instances_received ON instances USING brin (received_at) WITH (pages_per_range = 32, autosummarize = on);

        CREATE TABLE instance_versions (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sop_instance_uid text COLLATE "C" NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            transfer_syntax_uid text COLLATE "C" NOT NULL,
            blob_key text COLLATE "C" NOT NULL UNIQUE,
            blob_length bigint NOT NULL,
            dataset_offset int NOT NULL,
            dataset_crc int NOT NULL,
            received_at timestamptz NOT NULL,
            replaced_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX instance_versions_uid ON instance_versions (sop_instance_uid, id);

        CREATE TABLE conflicts (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind smallint NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            sop_instance_uid text COLLATE "C" NOT NULL,
            claimed_patient_id text COLLATE "C" NOT NULL,
            claimed_issuer text COLLATE "C" NOT NULL,
            claimed_study_uid text COLLATE "C" NOT NULL,
            first_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE UNIQUE INDEX conflicts_patient ON conflicts (study_instance_uid, claimed_patient_id, claimed_issuer) WHERE kind = 1;
        CREATE UNIQUE INDEX conflicts_study ON conflicts (series_instance_uid, claimed_study_uid) WHERE kind = 2;

        CREATE TABLE deleted_objects (
            uid text COLLATE "C" PRIMARY KEY,
            deleted_at timestamptz NOT NULL DEFAULT now()
        );

        CREATE TABLE changes (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
            kind smallint NOT NULL,
            study_instance_uid text COLLATE "C" NOT NULL,
            series_instance_uid text COLLATE "C" NOT NULL,
            sop_instance_uid text COLLATE "C" NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        );

        ALTER TABLE instances ALTER header SET STORAGE MAIN;
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
                ALTER TABLE instances ALTER header SET COMPRESSION lz4;
            END IF;
        END $$;
        """);
}
