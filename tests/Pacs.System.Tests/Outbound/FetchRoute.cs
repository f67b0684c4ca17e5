namespace Pacs.System.Tests.Outbound;

/// <summary>How objects are fetched.</summary>
public enum FetchRoute
{
    /// <summary>C-MOVE from DCMTK's dcmqrscp.</summary>
    DcmQrScpMove,
    /// <summary>C-GET from DCMTK's dcmqrscp.</summary>
    DcmQrScpGet,
    /// <summary>C-MOVE from Orthanc.</summary>
    OrthancMove,
    /// <summary>C-GET from Orthanc.</summary>
    OrthancGet,
    /// <summary>WADO-RS from Orthanc's DICOMweb plugin.</summary>
    OrthancWeb,
}
