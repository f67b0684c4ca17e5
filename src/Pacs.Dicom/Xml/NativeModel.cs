using System.Buffers;
using System.Xml;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.Xml;

/// <summary>
/// Native DICOM Model (PS3.19 §A.1): a data set as XML, in UTF-8. XML 1.0 has no way to write most control characters, U+FFFE
/// and U+FFFF (§2.2): where text has them, U+FFFD stands instead. NaN and the infinities are written as in JSON here.
/// </summary>
public static class NativeModel
{
    /// <summary>The media type of one data set; several are the parts of a multipart/related (PS3.18 §8.7.3.2).</summary>
    public const string MediaType = "application/dicom+xml";

    /// <summary>
    /// Writes one data set as a document, whatever its own character set: (0008,0005), where present, says ISO_IR 192.
    /// Group 0002 and group lengths are left out. Attributes of a private block are written as (gggg,00ee) with their creator.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="dataset">What.</param>
    /// <param name="bulkDataUri">The uri of a bulk element, given its place in the data set; null leaves the value out.</param>
    public static void Write(IBufferWriter<byte> output, DicomDataset dataset, Func<BulkPath, string?>? bulkDataUri = null) =>
        new NativeModelWriter(output, bulkDataUri).Write(dataset);

    /// <summary>Reads one document. The data set's text is in UTF-8; (0008,0005) says so where it is needed.</summary>
    /// <param name="xml">All of it. A document type declaration is refused.</param>
    /// <param name="keepBulkDataUris">An attribute with BulkData becomes a <see cref="BulkDataReference"/> of its uri or uuid; otherwise it is refused.</param>
    /// <param name="limits">Depth, number of elements and bytes of values.</param>
    /// <exception cref="XmlException">Not the model, or over a limit. The message names the attribute, never a value.</exception>
    public static DicomDataset Read(Stream xml, bool keepBulkDataUris = false, DatasetLimits? limits = null) =>
        NativeModelReader.Read(xml, keepBulkDataUris, limits ?? DatasetLimits.Default);
}
