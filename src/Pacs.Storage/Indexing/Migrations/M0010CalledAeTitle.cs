using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Pacs.Storage.Indexing.Migrations;

/// <summary>As what the archive was called when an object came: beside who sent it, what routing goes by.</summary>
[DbContext(typeof(PacsDbContext))]
[Migration("20261121090010_CalledAeTitle")]
internal sealed class M0010CalledAeTitle : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("""ALTER TABLE instances ADD COLUMN called_ae_title text COLLATE "C" NOT NULL DEFAULT ''""");
}
