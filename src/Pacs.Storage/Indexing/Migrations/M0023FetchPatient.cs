using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Whose objects a job found at an archive that speaks Patient Root alone.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121210023_FetchPatient")]
internal sealed class M0023FetchPatient : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("ALTER TABLE fetch_objects ADD COLUMN patient_id text NOT NULL DEFAULT '';");
}
