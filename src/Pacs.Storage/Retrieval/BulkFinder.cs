using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Retrieval;

/// <summary>Finds the bulk values of a header, and where their bytes are.</summary>
internal static class BulkFinder
{
    /// <summary>The value at a path such as "7FE00010" or "00081140/0/00420011"; null when there is none.</summary>
    public static BulkValue? Find(DicomDataset header, string path, StoredInstance instance, Func<BulkReader> open)
    {
        var parts = path.Split('/');
        for (var i = 0; ; i += 2)
        {
            if (!Tag.TryParseHex(parts[i], out var tag)) return null;
            if (i == parts.Length - 1) return header[tag] is BulkElement bulk ? Describe(bulk, header, path, instance, open) : null;
            if (i + 2 >= parts.Length || !int.TryParse(parts[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var item)) return null;
            var items = header.GetItems(tag);
            if (item >= items.Count) return null;
            header = items[item];
        }
    }

    /// <summary>All of them, in the order of the data set.</summary>
    public static IEnumerable<BulkValue> FindAll(DicomDataset header, string before, StoredInstance instance, Func<BulkReader> open)
    {
        foreach (var element in header)
        {
            if (element is BulkElement bulk) yield return Describe(bulk, header, before + bulk.Tag.ToHex(), instance, open);
            if (element is not SequenceElement sequence) continue;
            for (var i = 0; i < sequence.Items.Count; i++)
            {
                var place = string.Create(CultureInfo.InvariantCulture, $"{before}{sequence.Tag.ToHex()}/{i}/");
                foreach (var value in FindAll(sequence.Items[i], place, instance, open)) yield return value;
            }
        }
    }

    private static BulkValue Describe(BulkElement bulk, DicomDataset dataset, string path, StoredInstance instance, Func<BulkReader> open)
    {
        var location = bulk.IsEncapsulated
            ? new FrameLocation(Fragments(bulk, path, instance, open))
            : new FrameLocation([(bulk.Offset, bulk.Length)]) { SwapUnit = instance.TransferSyntax.IsBigEndian ? bulk.Vr.UnitSize : 1 };
        var value = new BulkValue(path, bulk.Tag, location) { IsEncapsulated = bulk.IsEncapsulated };
        if (bulk.Tag != Tags.EncapsulatedDocument) return value;
        // A document of an odd number of bytes is padded, which not every reader of XML or ZIP forgives.
        var isPadded = dataset.GetInteger(Tags.EncapsulatedDocumentLength) == bulk.Length - 1;
        return value with
        {
            Location = isPadded ? location.Slice(0, bulk.Length - 1) : location,
            DocumentType = dataset.GetString(Tags.MIMETypeOfEncapsulatedDocument),
        };
    }

    /// <summary>The frame table has those of the object's pixels. Others, icons for instance, are looked up from item to item.</summary>
    private static IReadOnlyList<(long Offset, long Length)> Fragments(BulkElement bulk, string path, StoredInstance instance, Func<BulkReader> open)
    {
        if (bulk.Tag == Tags.PixelData && path.Length == 8 && instance.FrameTable is { } table) return FrameTable.Decode(table).All.Ranges;
        using var reader = open();
        return ReadFragments(reader.Dataset, bulk, instance.TransferSyntax);
    }

    private static List<(long Offset, long Length)> ReadFragments(Stream dataset, BulkElement bulk, TransferSyntax syntax)
    {
        const uint Item = 0xFFFEE000;
        var fragments = new List<(long, long)>();
        Span<byte> header = stackalloc byte[8];
        var end = bulk.Offset + bulk.Length;
        for (var position = bulk.Offset; position + header.Length <= end;)
        {
            dataset.Position = position;
            dataset.ReadExactly(header);
            var (tag, length) = syntax.IsBigEndian
                ? (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]))
                : (BitOperations.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(header), 16), BinaryPrimitives.ReadUInt32LittleEndian(header[4..]));
            if (tag != Item) break;
            fragments.Add((position + header.Length, length));
            position += header.Length + length;
        }
        // The first is the Basic Offset Table (PS3.5 §A.4).
        return fragments[Math.Min(1, fragments.Count)..];
    }
}
