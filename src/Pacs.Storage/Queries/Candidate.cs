using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Queries.Sql;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Queries;

/// <summary>A row that SQL found.</summary>
internal sealed class Candidate
{
    private readonly byte[]?[] _encoded = new byte[]?[4];
    private readonly DicomDataset?[] _attributes = new DicomDataset?[4];
    private readonly Func<DicomDataset>? _readHeader;
    private readonly IReadOnlyList<PrivateBlock> _privateBlocks;

    public Candidate(NpgsqlDataReader reader, int keys, Selection selection, HeaderReader headers)
    {
        _privateBlocks = selection.PrivateBlocks;
        Keys = new long[keys];
        var ordinal = 0;
        for (; ordinal < keys; ordinal++) Keys[ordinal] = reader.GetInt64(ordinal);
        for (var level = QueryLevel.Patient; level < QueryLevel.Instance; level++)
            if (selection.Needs(level)) _encoded[(int)level] = (byte[])reader[ordinal++];
        if (selection.Needs(QueryLevel.Instance))
        {
            var header = reader.IsDBNull(ordinal) ? null : (byte[])reader[ordinal];
            var (blobKey, syntax, offset) = (reader.GetString(ordinal + 1), reader.GetString(ordinal + 2), reader.GetInt32(ordinal + 3));
            _readHeader = () => headers.Read(header, blobKey, syntax, offset);
            ordinal += 4;
        }
        Columns = [.. Enumerable.Range(ordinal, selection.Columns.Count).Select(column => reader.IsDBNull(column) ? null : reader[column])];
    }

    /// <summary>Its place in the order.</summary>
    public long[] Keys { get; }

    /// <summary>Values of <see cref="Selection.Columns"/>.</summary>
    public IReadOnlyList<object?> Columns { get; }

    /// <summary>What is kept of the level; an instance's header.</summary>
    public DicomDataset Attributes(QueryLevel level) => _attributes[(int)level] ??=
        level == QueryLevel.Instance ? ReadHeader() : CompactHeader.Decode(_encoded[(int)level]);

    private DicomDataset ReadHeader()
    {
        var header = _readHeader!();
        foreach (var block in _privateBlocks) block.Arrange(header);
        return header;
    }
}
