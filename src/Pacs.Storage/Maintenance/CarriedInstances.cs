using Microsoft.EntityFrameworkCore;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Maintenance;

/// <summary>Rows of instances whose files are at an archive behind this one, while the index is built anew: kept before it is emptied, also from a rebuild that did not come to its end.</summary>
internal sealed class CarriedInstances(PacsDatabase database, HeaderReader headers)
{
    /// <summary>Keeps them, and empties the index.</summary>
    public void Keep() => Execute(
        """
        BEGIN;
        INSERT INTO carried_instances SELECT i.* FROM instances i JOIN remote_blobs r ON r.blob_key = i.blob_key
            WHERE NOT EXISTS (SELECT FROM carried_instances c WHERE c.blob_key = i.blob_key);
        TRUNCATE instances, series, studies, patients, instance_versions, conflicts;
        COMMIT;
        """);

    /// <summary>In the order of receipt.</summary>
    public IEnumerable<Instance> Read()
    {
        using var context = new PacsDbContext(new DbContextOptionsBuilder<PacsDbContext>().UsePacs(database.DataSource).Options);
        context.Database.SetCommandTimeout(TimeSpan.Zero);
        foreach (var instance in context.Instances.FromSql($"SELECT * FROM carried_instances ORDER BY received_at, id").AsNoTracking()) yield return instance;
    }

    /// <summary>As when it was stored: its header says all that the index keeps.</summary>
    /// <exception cref="BlobMissingException">Its header is in the file alone, and the archive does not give it.</exception>
    public IndexEntry ToEntry(Instance instance) =>
        new(headers.Read(instance.Header, instance.BlobKey, instance.TransferSyntaxUid, instance.DatasetOffset), instance);

    /// <summary>All are in the index again.</summary>
    public void Drop() => Execute("TRUNCATE carried_instances");

    private void Execute(string sql)
    {
        using var command = database.DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }
}
