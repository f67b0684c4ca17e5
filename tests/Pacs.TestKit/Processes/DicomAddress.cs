namespace Pacs.TestKit.Processes;

/// <summary>Where an application entity listens, and what it is called.</summary>
public sealed record DicomAddress(string AeTitle, int Port, string Host = "127.0.0.1");
