package main

import (
    "bytes"
    "encoding/json"
    "fmt"
    "net/http"
)

func main() {
    payload := map[string]interface{}{
        "prompt":   "Привет! Как дела?",
        "provider": "openai",
        "model":    "gpt-4o-mini",
    }

    body, _ := json.Marshal(payload)
    req, _ := http.NewRequest("POST", "http://localhost:8080/api/chat/completions", bytes.NewBuffer(body))
    req.Header.Set("X-API-Key", "dev-api-key-12345")
    req.Header.Set("Content-Type", "application/json")

    resp, _ := http.DefaultClient.Do(req)
    defer resp.Body.Close()

    var result map[string]interface{}
    json.NewDecoder(resp.Body).Decode(&result)
    fmt.Println(result["content"])
}
