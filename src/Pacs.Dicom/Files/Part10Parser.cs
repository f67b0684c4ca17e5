using System.Buffers.Binary;
using System.Text;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Files;

/// <summary>
/// Finds where the data set of a Part 10 stream begins. Files without preamble or without file meta, common in the
/// field, are recognised: their transfer syntax is deduced from the first element.
/// </summary>
public static class Part10Parser
{
    /// <summary>What precedes a data set may take this many bytes; private information (0002,0102) is what could make it long.</summary>
    public const int MaxLength = 1024 * 1024;

    private const ushort MetaGroup = 0x0002;

    /// <summary>Consumes preamble and file meta from the front of the bytes; false when more are needed, nothing consumed then.</summary>
    /// <param name="input">Everything from the start of the file that has come so far; advanced to the data set's first byte on success.</param>
    /// <param name="isFinal">No more bytes will come.</param>
    /// <param name="fileMeta">The file meta; UIDs empty when it had none.</param>
    /// <exception cref="DicomFormatException">Not a DICOM file.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> input, bool isFinal, out FileMetaInformation? fileMeta)
    {
        fileMeta = null;
        if (!isFinal && input.Length < FileMetaInformation.PreambleLength + FileMetaInformation.Prefix.Length) return false;

        var position = 0;
        if (input.Length >= FileMetaInformation.PreambleLength && input[FileMetaInformation.PreambleLength..].StartsWith(FileMetaInformation.Prefix))
            position = FileMetaInformation.PreambleLength + FileMetaInformation.Prefix.Length;
        else if (input.StartsWith(FileMetaInformation.Prefix))
            position = FileMetaInformation.Prefix.Length;

        var meta = new Meta();
        while (!meta.IsComplete(position))
        {
            var rest = input[position..];
            if (rest.Length < 2 && !isFinal) return false;
            if (rest.Length < 2 || BinaryPrimitives.ReadUInt16LittleEndian(rest) != MetaGroup) break;
            var length = ElementLength(rest, position);
            if (length is null || length > rest.Length)
            {
                if (isFinal) throw new DicomFormatException("The file ends within its file meta information.", position);
                return false;
            }
            meta.Take(rest[..(int)length], position);
            position += (int)length;
        }

        var dataset = input[position..];
        if (meta.TransferSyntaxUid is null && dataset.Length < 8 && !isFinal) return false;
        fileMeta = new FileMetaInformation
        {
            MediaStorageSopClassUid = meta.SopClassUid ?? "",
            MediaStorageSopInstanceUid = meta.SopInstanceUid ?? "",
            SourceApplicationEntityTitle = meta.SourceApplicationEntityTitle,
            ReceivingApplicationEntityTitle = meta.ReceivingApplicationEntityTitle,
            TransferSyntax = meta.TransferSyntaxUid is { Length: > 0 } uid ? TransferSyntaxRegistry.GetOrAssume(uid) : Deduce(dataset, position),
        };
        input = dataset;
        return true;
    }

    /// <summary>Of header and value; null when more bytes are needed to tell.</summary>
    private static long? ElementLength(ReadOnlySpan<byte> element, int position)
    {
        if (element.Length < 8) return null;
        var vr = (Vr)((element[4] << 8) | element[5]);
        long length;
        if (!vr.IsKnown) length = 8L + BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        else if (!vr.HasLongLength) length = 8L + BinaryPrimitives.ReadUInt16LittleEndian(element[6..]);
        else if (element.Length < 12) return null;
        else length = 12L + BinaryPrimitives.ReadUInt32LittleEndian(element[8..]);
        if (position + length > MaxLength) throw new DicomFormatException($"The file meta information is longer than {MaxLength} bytes.", position);
        return length;
    }

    /// <summary>The transfer syntax of a bare data set: its first element shows byte order and whether a VR is there.</summary>
    private static TransferSyntax Deduce(ReadOnlySpan<byte> dataset, int position)
    {
        if (dataset.Length < 8) throw new DicomFormatException("Not a DICOM file: too short.", position);
        var isExplicit = ((Vr)((dataset[4] << 8) | dataset[5])).IsKnown;
        var (little, big) = (BinaryPrimitives.ReadUInt16LittleEndian(dataset), BinaryPrimitives.ReadUInt16BigEndian(dataset));
        // The first group of a data set is a small number: 0008 as a rule.
        if (little > 0xFF && big is > 0 and <= 0xFF && isExplicit) return TransferSyntaxRegistry.ExplicitVrBigEndian;
        if (isExplicit) return TransferSyntaxRegistry.ExplicitVrLittleEndian;
        if (little is 0 or > 0xFF || BinaryPrimitives.ReadUInt32LittleEndian(dataset[4..]) is > MaxLength and not ElementEncoding.UndefinedLength)
            throw new DicomFormatException("Not a DICOM file: neither file meta information nor a data set.", position);
        return TransferSyntaxRegistry.ImplicitVrLittleEndian;
    }

    /// <summary>
    /// What has been read of group 0002. The group's stated length is not relied upon, because it lies in real files; it
    /// is used for one thing only: deflated bytes may by chance look like one more element.
    /// </summary>
    private struct Meta
    {
        private long _end;

        public string? SopClassUid { get; private set; }
        public string? SopInstanceUid { get; private set; }
        public string? TransferSyntaxUid { get; private set; }
        public string? SourceApplicationEntityTitle { get; private set; }
        public string? ReceivingApplicationEntityTitle { get; private set; }

        public readonly bool IsComplete(int position) =>
            position == _end && TransferSyntaxUid is { } uid && TransferSyntaxRegistry.GetOrAssume(uid).IsDeflated;

        public void Take(ReadOnlySpan<byte> element, int position)
        {
            var vr = (Vr)((element[4] << 8) | element[5]);
            var value = element[(vr.IsKnown && vr.HasLongLength ? 12 : 8)..];
            switch (BinaryPrimitives.ReadUInt16LittleEndian(element[2..]))
            {
                case 0x0000 when value.Length >= 4: _end = position + element.Length + (long)BinaryPrimitives.ReadUInt32LittleEndian(value); break;
                case 0x0002: SopClassUid = Text(value); break;
                case 0x0003: SopInstanceUid = Text(value); break;
                case 0x0010: TransferSyntaxUid = Text(value); break;
                case 0x0016: SourceApplicationEntityTitle = Text(value); break;
                case 0x0018: ReceivingApplicationEntityTitle = Text(value); break;
            }
        }

        private static string Text(ReadOnlySpan<byte> value) => Encoding.Latin1.GetString(value).Trim(' ', '\0');
    }
}
