using System.Text.Json;
using Pacs.Dicom.Datasets;

namespace Pacs.Dicom.Json;

/// <summary>DICOM JSON Model (PS3.18 Annex F).</summary>
public static class DicomJson
{
    /// <summary>Writes one data set as a JSON object, UTF-8 throughout.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="dataset">What; group 0002 and group lengths are left out.</param>
    /// <param name="bulkDataUri">The BulkDataURI of a bulk element, given its place in the data set; null leaves the value out.</param>
    public static void Write(Utf8JsonWriter writer, DicomDataset dataset, Func<BulkPath, string?>? bulkDataUri = null) => throw new NotImplementedException();

    /// <exception cref="JsonException">Not a DICOM JSON object.</exception>
    public static DicomDataset Read(ReadOnlySpan<byte> utf8) => throw new NotImplementedException();
}
