using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Retrieval;

/// <summary>Reads instances from the index.</summary>
internal sealed class InstanceRows(NpgsqlDataSource dataSource)
{
    private const string Columns =
        """
        i.id, s.study_instance_uid, r.series_instance_uid, i.sop_instance_uid, i.sop_class_uid, i.transfer_syntax_uid, i.blob_key,
        i.blob_length, i.dataset_offset, i.number_of_frames, i.frame_table, EXISTS (SELECT FROM remote_blobs b WHERE b.blob_key = i.blob_key)
        """;

    private const string Tables = "instances i JOIN series r ON r.id = i.series_key JOIN studies s ON s.id = r.study_key";
    private const string Order = "ORDER BY s.id, r.series_number, r.id, i.instance_number, i.id";

    /// <summary>Most requests name few instances: those come with the first round trip.</summary>
    private const int FirstBatch = 256;

    private const int Batch = 1000;
    private const int BatchWithHeaders = 200;

    public async IAsyncEnumerable<(StoredInstance Instance, byte[]? Header)> SelectAsync(
        InstanceSelector selector, bool withHeaders, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var first = await ReadFirstAsync(selector, withHeaders, cancellation);
        foreach (var row in first.Take(FirstBatch)) yield return row;
        if (first.Count <= FirstBatch) yield break;

        var (uids, _) = await ReadUidsAsync(selector, [.. first.Take(FirstBatch).Select(r => r.Instance)], cancellation);
        await foreach (var (instance, header) in ReadAsync(uids.Skip(FirstBatch), withHeaders, cancellation))
            if (instance is not null) yield return (instance, header);
    }

    public async Task<InstanceSnapshot> SnapshotAsync(InstanceSelector selector, CancellationToken cancellation)
    {
        var rows = await ReadFirstAsync(selector, withHeaders: false, cancellation);
        List<StoredInstance> first = [.. rows.Take(FirstBatch).Select(r => r.Instance)];
        if (rows.Count <= FirstBatch) return new InstanceSnapshot(this, first, [.. first.Select(i => i.SopInstanceUid)], [.. first.Select(ObjectKind.Of).Distinct()]);
        var (uids, kinds) = await ReadUidsAsync(selector, first, cancellation);
        return new InstanceSnapshot(this, first, uids, kinds);
    }

    /// <summary>Batch by batch: no connection is held while a slow peer takes the instances. By UID, under which a replaced one is found again; null for one that is gone.</summary>
    public async IAsyncEnumerable<(StoredInstance? Instance, byte[]? Header)> ReadAsync(
        IEnumerable<string> sopInstanceUids, bool withHeaders, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var batch in sopInstanceUids.Chunk(withHeaders ? BatchWithHeaders : Batch))
        {
            await using var command = Create(new InstanceSelector { SopInstanceUids = batch }, Tables, (from, where) => $"SELECT {ColumnsOf(withHeaders)} FROM {from} WHERE {where}");
            var rows = (await ReadAsync(command, cancellation)).ToDictionary(r => r.Instance.SopInstanceUid);
            foreach (var uid in batch) yield return rows.TryGetValue(uid, out var row) ? row : default((StoredInstance?, byte[]?));
        }
    }

    /// <summary>One row more than <see cref="FirstBatch"/> when there are others.</summary>
    private async Task<List<(StoredInstance Instance, byte[]? Header)>> ReadFirstAsync(InstanceSelector selector, bool withHeaders, CancellationToken cancellation)
    {
        await using var command = Create(selector, Tables, (from, where) => $"SELECT {ColumnsOf(withHeaders)} FROM {from} WHERE {where} {Order} LIMIT {FirstBatch + 1}");
        return await ReadAsync(command, cancellation);
    }

    /// <summary>UIDs and kinds of all; the first are those given, whatever came between them since.</summary>
    private async Task<(List<string> Uids, List<ObjectKind> Kinds)> ReadUidsAsync(InstanceSelector selector, List<StoredInstance> first, CancellationToken cancellation)
    {
        List<string> uids = [.. first.Select(i => i.SopInstanceUid)];
        List<ObjectKind> kinds = [.. first.Select(ObjectKind.Of).Distinct()];
        var (isFirst, isKnown) = (uids.ToHashSet(), kinds.ToHashSet());
        await using var command = Create(selector, Tables, (from, where) => $"SELECT i.sop_instance_uid, i.sop_class_uid, i.transfer_syntax_uid FROM {from} WHERE {where} {Order}");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (isFirst.Contains(reader.GetString(0))) continue;
            uids.Add(reader.GetString(0));
            var kind = new ObjectKind(reader.GetString(1), TransferSyntaxRegistry.GetOrAssume(reader.GetString(2)));
            if (isKnown.Add(kind)) kinds.Add(kind);
        }
        return (uids, kinds);
    }

    private static string ColumnsOf(bool withHeaders) => withHeaders ? $"{Columns}, i.header" : Columns;

    public async Task<byte[]?> ReadHeaderAsync(long id, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand("SELECT header FROM instances WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
        return await command.ExecuteScalarAsync(cancellation) as byte[];
    }

    /// <summary>One text per instance, series or study named, whichever is the lowest level: another whenever anything in it changes.</summary>
    public async Task<IReadOnlyList<string>> ReadVersionsAsync(InstanceSelector selector, CancellationToken cancellation)
    {
        var (version, tables) = selector switch
        {
            { SopInstanceUids.Count: > 0 } => ("i.blob_key", Tables),
            { SeriesInstanceUids.Count: > 0 } => ("r.series_instance_uid || ' ' || r.version", "series r JOIN studies s ON s.id = r.study_key"),
            _ => ("s.study_instance_uid || ' ' || s.version", "studies s"),
        };
        await using var command = Create(selector, tables, (from, where) => $"SELECT {version} AS version FROM {from} WHERE {where} ORDER BY version");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var versions = new List<string>();
        while (await reader.ReadAsync(cancellation)) versions.Add(reader.GetString(0));
        return versions;
    }

    public async Task<bool> WasDeletedAsync(InstanceSelector selector, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand("SELECT EXISTS (SELECT FROM deleted_objects WHERE uid = ANY ($1))");
        // The lowest level is what is asked for: a study or series may have been deleted once and be here again.
        IReadOnlyList<string>[] levels = [selector.SopInstanceUids, selector.SeriesInstanceUids, selector.StudyInstanceUids];
        command.Parameters.Add(Texts(levels.FirstOrDefault(uids => uids.Count > 0) ?? []));
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private NpgsqlCommand Create(InstanceSelector selector, string tables, Func<string, string, string> text)
    {
        var command = dataSource.CreateCommand();
        var conditions = new List<string>();
        Add("p.patient_id", selector.PatientIds);
        Add("s.study_instance_uid", selector.StudyInstanceUids);
        Add("r.series_instance_uid", selector.SeriesInstanceUids);
        Add("i.sop_instance_uid", selector.SopInstanceUids);
        if (conditions.Count == 0) throw new ArgumentException("A selector names something.", nameof(selector));
        command.CommandText = text(selector.PatientIds.Count > 0 ? $"{tables} JOIN patients p ON p.id = s.patient_key" : tables, string.Join(" AND ", conditions));
        return command;

        void Add(string column, IReadOnlyList<string> values)
        {
            if (values.Count == 0) return;
            command.Parameters.Add(Texts(values));
            // A missing Patient ID is an empty text, which is nobody's.
            conditions.Add(string.Create(CultureInfo.InvariantCulture, $"{column} = ANY (${command.Parameters.Count}) AND {column} <> ''"));
        }
    }

    private static async Task<List<(StoredInstance Instance, byte[]? Header)>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var rows = new List<(StoredInstance, byte[]?)>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var instance = new StoredInstance
            {
                Id = reader.GetInt64(0),
                StudyInstanceUid = reader.GetString(1),
                SeriesInstanceUid = reader.GetString(2),
                SopInstanceUid = reader.GetString(3),
                SopClassUid = reader.GetString(4),
                TransferSyntax = TransferSyntaxRegistry.GetOrAssume(reader.GetString(5)),
                BlobKey = reader.GetString(6),
                BlobLength = reader.GetInt64(7),
                DatasetOffset = reader.GetInt32(8),
                NumberOfFrames = Integer(9) ?? 1,
                FrameTable = Bytes(10),
                IsRemote = reader.GetBoolean(11),
            };
            rows.Add((instance, reader.FieldCount > 12 ? Bytes(12) : null));
        }
        return rows;

        byte[]? Bytes(int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<byte[]>(ordinal);
        int? Integer(int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetInt32(ordinal);
    }

    /// <summary>What holds a NUL, which is no text for PostgreSQL, names nothing.</summary>
    private static NpgsqlParameter Texts(IEnumerable<string> values) =>
        new() { Value = values.Where(v => !v.Contains('\0')).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
