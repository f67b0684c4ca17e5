using Npgsql;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Gateway;

/// <summary>Which files are at an archive only.</summary>
internal sealed class RemoteBlobs(PacsDatabase database)
{
    /// <summary>Null when it is not one of them. Blocks.</summary>
    /// <exception cref="IOException">The database does not answer.</exception>
    public RemoteBlob? Find(string blobKey)
    {
        try
        {
            using var connection = database.KeyedSource.OpenConnection();
            return new Statements(connection).Query(
                """
                SELECT r.blob_key, r.study_instance_uid, r.series_instance_uid, r.sop_instance_uid, r.transfer_syntax_uid, r.blob_length, r.dataset_crc, r.file_header,
                    ARRAY(SELECT peer FROM gateway_objects g WHERE g.sop_instance_uid = r.sop_instance_uid AND g.state = 2 ORDER BY peer)
                FROM remote_blobs r WHERE r.blob_key = $1
                """, Read, P(blobKey)).FirstOrDefault();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new IOException("Where the file is cannot be told: the database does not answer.", e);
        }
    }

    private static RemoteBlob Read(NpgsqlDataReader row) => new()
    {
        BlobKey = row.GetString(0),
        StudyInstanceUid = row.GetString(1),
        SeriesInstanceUid = row.GetString(2),
        SopInstanceUid = row.GetString(3),
        TransferSyntax = TransferSyntaxRegistry.GetOrAssume(row.GetString(4)),
        Length = row.GetInt64(5),
        DatasetCrc = row.GetInt32(6),
        FileHeader = (byte[])row[7],
        Peers = (string[])row[8],
    };
}
