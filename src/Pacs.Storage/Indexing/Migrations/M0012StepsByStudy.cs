using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>Procedure steps go into their index at once: what waits to be sorted in, up to 4 MB, would be read for each open study each second.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121090012_StepsByStudy")]
internal sealed class M0012StepsByStudy : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("ALTER INDEX procedure_steps_by_study SET (fastupdate = off); SELECT gin_clean_pending_list('procedure_steps_by_study')");
}
